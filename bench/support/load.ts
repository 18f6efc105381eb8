import autocannon from 'autocannon';

/**
 * A closed-loop load, as a program of its own: what else a process has in memory slows down its garbage collection, and
 * a slow client would be taken for a slow server. Takes autocannon's options as JSON, prints its result.
 */
const result = await autocannon(JSON.parse(String(process.argv[2])));
console.log(JSON.stringify(result));
