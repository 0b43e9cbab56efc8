export const TOKEN: string;
export const KEY: string;
export const PIN: number;
export const INNER: string;
export const TOLD: string;
export const TRACES: readonly string[];
