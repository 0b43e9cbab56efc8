/** The environment variables that a connector gets, and those that are withheld. */
export interface ChildEnvironment {
  readonly passed: Readonly<Record<string, string>>;
  /** Names of withheld variables that a library might read by itself, in order. */
  readonly missed: readonly string[];
}

/** Useful on any machine, also in a container. */
const ANYWHERE = names(`
  LANG LANGUAGE LC_\\w+ TZ LOG_LEVEL
  HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy`);

/** Needed to find this machine's programs, certificates and runtimes. */
const HERE = names(`
  PATH HOME USER LOGNAME SHELL TERM TMPDIR TEMP TMP XDG_\\w+
  NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA SSL_CERT_FILE SSL_CERT_DIR NIX_SSL_CERT_FILE (\\w+_)?CA_BUNDLE
  GIT_SSL_CAINFO PIP_CERT HTTPLIB2_CA_CERTS GRPC_DEFAULT_SSL_ROOTS_FILE_PATH CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE DENO_CERT
  NODE_OPTIONS NODE_PATH NODE_COMPILE_CACHE NODE_V8_COVERAGE NODE_ENV
  JAVA_HOME JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS PYTHON[A-Z0-9]+ VIRTUAL_ENV CONDA_PREFIX DOTNET_ROOT GOMAXPROCS
  LD_LIBRARY_PATH DYLD_\\w+`);

/** Without these no program starts on Windows, where names are case-insensitive. */
const WINDOWS = names(
  `
  SystemRoot SystemDrive windir ComSpec PATHEXT APPDATA LOCALAPPDATA ProgramData ProgramFiles(\\(x86\\)|W6432)?
  CommonProgramFiles USERPROFILE USERNAME HOMEDRIVE HOMEPATH OS NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE`,
  'i',
);

/** Our own variables, except those that look like secrets: a jobs file may refer to a secret with such a name. */
const OURS = /^HEADRACE_\w+$/;
const SECRET = /TOKEN|SECRET|PASS|PWD|KEY|CREDENTIAL|AUTH|URL|URI|DSN|COOKIE|SESSION/i;

/** Variables that cloud and database libraries read by themselves. */
const CLOUDS = names(`
  AWS_\\w+ AZURE_\\w+ ARM_\\w+ MSI_\\w+ IDENTITY_\\w+ GOOGLE_\\w+ GCLOUD_\\w+ GCP_\\w+ CLOUDSDK_\\w+ BIGQUERY_\\w+ FIREBASE_\\w+
  ALIBABA_CLOUD_\\w+ OCI_\\w+ SNOWFLAKE_\\w+ DATABRICKS_\\w+ (\\w+_)?DATABASE_URL PG[A-Z]+ POSTGRES_\\w+ MYSQL_\\w+ MARIADB_\\w+
  MONGO(DB)?_\\w+ REDIS_\\w+ KAFKA_\\w+ RABBITMQ_\\w+ AMQP_URL S3_\\w+ MINIO_\\w+ ORACLE_\\w+ TNS_ADMIN ODBC\\w+ KUBECONFIG VAULT_\\w+
  KRB5\\w+ SALESFORCE_\\w+ STRIPE_\\w+ HUBSPOT_\\w+ SHOPIFY_\\w+ SLACK_\\w+ OPENAI_\\w+ ANTHROPIC_\\w+ DD_\\w+ SENTRY_DSN`);

/**
 * The variables that a connector gets: those that it needs to run and to reach the network, and those that `env:` names.
 * Anything else may be a secret of the machine or of another tenant.
 * @param more names from the jobs file
 * @param isContainer paths of this machine are not valid there
 */
export function childEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
  isContainer = false,
): ChildEnvironment {
  const passed: Record<string, string> = {};
  const missed: string[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue;
    if (more.includes(name) || isPassed(name, isContainer)) passed[name] = value;
    else if (CLOUDS.test(name) && !HERE.test(name)) missed.push(name);
  }
  return { passed, missed };
}

function isPassed(name: string, isContainer: boolean): boolean {
  if (OURS.test(name)) return !SECRET.test(name);
  if (ANYWHERE.test(name)) return true;
  if (isContainer) return false;
  return HERE.test(name) || (process.platform === 'win32' && (WINDOWS.test(name) || /^path$/i.test(name)));
}

/** One expression for a list of names. */
function names(list: string, flags = ''): RegExp {
  return new RegExp(`^(?:${list.trim().split(/\s+/).join('|')})$`, flags);
}
