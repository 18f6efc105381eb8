import { type ClientSession, MongoBulkWriteError, MongoError, MongoErrorLabel, MongoNetworkError } from 'mongodb';

/**
 * The error as one of the network, where it says that a connection broke. The driver (7.8) gives the socket's own error
 * when that happens as a command is written, and a bulk write hides either in an error of the server.
 */
export function networkErrorOf(error: unknown): MongoNetworkError | undefined {
  const origin: unknown = error instanceof MongoBulkWriteError ? error.errorResponse : error;
  if (origin instanceof MongoNetworkError) return origin;
  const isOfSocket = origin instanceof Error && 'syscall' in origin;
  return isOfSocket ? new MongoNetworkError(origin.message, { cause: origin }) : undefined;
}

/**
 * What an attempt of a transaction fails with before its commit: labelled so that `withTransaction` makes another one
 * where a connection broke. The driver forgets to, unless it was the first of its pool to break.
 */
export const attemptAgain = (error: unknown): unknown => labelled(error, MongoErrorLabel.TransientTransactionError);

/**
 * Has `withTransaction` send a commit again where a connection broke: the server knows whether it has made it. Over a
 * socket's own error the driver stumbles there, with a TypeError.
 */
export function commitAgain(session: ClientSession): void {
  const commit = session.commitTransaction.bind(session);
  session.commitTransaction = (options) =>
    commit(options).catch((error: Error) => {
      const broken = error instanceof MongoError ? error : new MongoNetworkError('broken commit', { cause: error });
      throw labelled(broken, MongoErrorLabel.UnknownTransactionCommitResult);
    });
}

function labelled(error: unknown, label: string): unknown {
  const broken = networkErrorOf(error);
  broken?.addErrorLabel(label);
  return broken ?? error;
}
