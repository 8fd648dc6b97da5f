/** How to start an emulator. */
export interface StartOptions {
  /** More options of the program, such as `['--seed', 'workos.yaml']`. */
  args?: string[];
  /** The working directory, where the program looks for `workos-emulate.config.yaml`. */
  cwd?: string;
  /** Variables for the program, besides those of this process. */
  env?: Record<string, string | undefined>;
  /** How many milliseconds it may take to get ready: by default 10,000. */
  timeout?: number;
}

/** An emulator that runs. */
export interface Emulator {
  /** Where it serves, such as `http://localhost:41234`. */
  url: string;
  /** The API key that it accepts. */
  apiKey: string;
  /** The client ID. */
  clientId: string;
  /** The key for `/_emulate`, if the emulator requires one. */
  controlKey?: string;
  /** Stops it, and waits until it has ended. Stopping it again does nothing. */
  stop(): Promise<void>;
}

/**
 * Starts an emulator on a free port, and waits until it is ready. One that is not stopped ends when
 * this process exits, unless a signal kills it.
 *
 * Rejects if there is no binary for this platform, or if the program does not start: the message has
 * the reason.
 */
export function start(options?: StartOptions): Promise<Emulator>;
