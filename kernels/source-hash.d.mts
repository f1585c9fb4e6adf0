export declare const WASM_SOURCES: readonly string[];
export declare const NATIVE_SOURCES: readonly string[];
/** SHA-256 over names and contents, in hexadecimal. */
export declare function sourceHash(files: readonly string[]): string;
