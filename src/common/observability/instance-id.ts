import { randomUUID } from 'node:crypto';

/** Tells this process, and this start of it, from all others: in what it answers, and in its traces. */
export const INSTANCE_ID = randomUUID();
