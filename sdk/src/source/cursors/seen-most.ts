/** The most pairs of key and value that a partition's state remembers. Records beyond that are sent again. */
export const SEEN_MOST = 20_000;
