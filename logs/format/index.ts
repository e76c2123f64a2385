/** Rows, columns and manifests as text. Pure. */
export { encodeEvents, HEADER } from './encode.ts';
export { formerWords } from './former-words.ts';
export { encodeManifest, type Manifest } from './manifest.ts';
export { COLUMNS, READ_VERSIONS, ROW_KINDS, type RowKind, SCHEMA_VERSION } from './schema.ts';
