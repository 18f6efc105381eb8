import { MongoServerError } from 'mongodb';

/** A value of a unique index is taken (DuplicateKey). */
export const isDuplicateKey = (error: unknown): error is MongoServerError => hasCode(error, 11_000);

/** MongoDB has ended an operation whose time was over (MaxTimeMSExpired). */
export const isTimeExpired = (error: unknown): boolean => hasCode(error, 50);

const hasCode = (error: unknown, code: number): error is MongoServerError =>
  error instanceof MongoServerError && error.code === code;
