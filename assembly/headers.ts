/**
 * Where fields stand in headers, and how long headers are.
 *
 * @module
 */

/** IP (RFC 791 §3.1, RFC 8200 §3). */
export const IPV4_TOTAL_LENGTH = 2;
export const IPV4_IDENTIFICATION = 4;
export const IPV4_CHECKSUM = 10;
export const IPV6_PAYLOAD_LENGTH = 4;
export const IPV6_HEADER_LENGTH = 40;

/** TCP (RFC 9293 §3.1). */
export const TCP_SEQUENCE_NUMBER = 4;
export const TCP_ACKNOWLEDGMENT_NUMBER = 8;
export const TCP_DATA_OFFSET = 12;
export const TCP_FLAGS = 13;
export const TCP_CHECKSUM = 16;
export const TCP_OPTIONS = 20;

/** UDP (RFC 768). */
export const UDP_LENGTH = 4;
export const UDP_CHECKSUM = 6;

/** ESP (RFC 4303 §2). */
export const ESP_SEQUENCE_NUMBER = 4;
export const ESP_HEADER_LENGTH = 8;
export const ESP_TRAILER_LENGTH = 2;
