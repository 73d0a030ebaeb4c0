/**
 * Security contexts: labels of a security module such as SELinux, which decides what may use an SA
 * or meet a policy that has one. Linux stores them also where no module looks at them.
 *
 * @module
 */

export interface SecurityContext {
  /** Domain of interpretation: whose labels these are; 1 on Linux. */
  readonly doi: number;
  /** Which security module understands the label; 1 is SELinux. */
  readonly algorithm: number;
  /** `system_u:object_r:ipsec_spd_t:s0` */
  readonly label: string;
}
