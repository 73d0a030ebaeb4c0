/**
 * The userspace data plane with its control socket, whoever runs it, and a client of it in this process.
 *
 * @module
 */
import { ControlClient } from '../control/client.ts';
import { type ControlServer, serveControl } from '../control/server.ts';
import { DataPlane, type DataPlaneOptions } from './data-plane.ts';

export class Userspace {
  readonly plane: DataPlane;
  readonly backend: ControlClient;
  readonly #server: ControlServer;

  private constructor(plane: DataPlane, server: ControlServer, backend: ControlClient) {
    this.plane = plane;
    this.backend = backend;
    this.#server = server;
  }

  /**
   * Starts it, with its control socket at `path`; `listening` is called when others may connect. Rejects
   * when the devices or the socket cannot be opened.
   */
  static async start(
    path: string,
    options: DataPlaneOptions,
    listening: () => void = () => undefined,
  ): Promise<Userspace> {
    const plane = await DataPlane.start(options);
    try {
      const server = await serveControl(path, (line, gone) => plane.answer(line, gone));
      listening();
      return new Userspace(plane, server, await ControlClient.connect(path));
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  /** Ends it; what protects the host stays in force. */
  async stop(): Promise<void> {
    await this.backend.close();
    this.#server.close();
    await this.plane.stop();
  }
}
