/** Origin of self links. It never contains the server's port, so the same seed gives the same bytes on any port. */
export const SITE = 'https://acme.example';
/** The site's cloud id, as reported by `/_edge/tenant_info`. */
export const CLOUD_ID = '5f1c2d3e-4a5b-6c7d-8e9f-0a1b2c3d4e5f';
/** Issue N (from 0) has the id FIRST_ISSUE_ID + N. */
export const FIRST_ISSUE_ID = 10_001;
/** Project P (from 0) has the id FIRST_PROJECT_ID + P. */
export const FIRST_PROJECT_ID = 10_000;
