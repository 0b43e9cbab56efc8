/** Pairs of key and value that a partition's state remembers at most; beyond that records are sent again. */
export const SEEN_MOST = 20_000;
