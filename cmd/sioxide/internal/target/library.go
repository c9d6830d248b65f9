package target

// The options that client libraries take in a URL, so that a misspelt one is found
// before anything is connected.

// redisOptions are those of go-redis (options.go: setupConnParams).
var redisOptions = []string{
	"protocol", "client_name", "max_retries", "min_retry_backoff", "max_retry_backoff", "dial_timeout",
	"read_timeout", "write_timeout", "pool_fifo", "pool_size", "pool_timeout", "min_idle_conns", "max_idle_conns",
	"max_active_conns", "max_concurrent_dials", "pipeline_pool_size", "pipeline_read_buffer_size",
	"pipeline_write_buffer_size", "conn_max_idle_time", "idle_timeout", "conn_max_lifetime", "max_conn_age",
	"conn_max_lifetime_jitter",
}

// clusterOptions (osscluster.go: setupClusterQueryParams).
var clusterOptions = append(without(redisOptions, "idle_timeout", "max_conn_age"),
	"max_redirects", "read_only", "route_by_latency", "route_by_latency_tolerance", "route_randomly",
	"dialer_retries", "dialer_retry_timeout", "failing_timeout_seconds",
)

// sentinelOptions (sentinel.go: setupFailoverConnParams).
var sentinelOptions = append(without(redisOptions, "idle_timeout", "max_conn_age"),
	"route_by_latency", "route_by_latency_tolerance", "route_randomly", "replica_only", "use_disconnected_replicas",
	"dialer_retries", "dialer_retry_timeout", "context_timeout_enabled",
)

// postgresOptions are those of pgx and its pool, and the settings of a session that
// are commonly given in a URL.
var postgresOptions = []string{
	"host", "port", "passfile", "service", "servicefile", "connect_timeout", "target_session_attrs",
	"sslmode", "sslkey", "sslcert", "sslrootcert", "sslpassword", "sslsni", "sslnegotiation", "krbspn", "krbsrvname",
	"min_protocol_version", "max_protocol_version", "channel_binding", "require_auth",
	"pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_max_conn_lifetime", "pool_max_conn_lifetime_jitter",
	"pool_max_conn_idle_time", "pool_health_check_period",
	"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity",
	"application_name", "search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
	"client_encoding", "timezone", "options", "role",
}

// mongoOptions are those of the connection string (mongo-driver,
// x/mongo/driver/connstring), without the one for secrets alone.
var mongoOptions = []string{
	"appName", "authMechanism", "authMechanismProperties", "authSource", "compressors", "connectTimeoutMS",
	"directConnection", "heartbeatFrequencyMS", "loadBalanced", "localThresholdMS", "maxConnecting",
	"maxIdleTimeMS", "maxPoolSize", "maxStalenessSeconds", "minPoolSize", "readConcernLevel", "readPreference",
	"readPreferenceTags", "replicaSet", "retryReads", "retryWrites", "serverMonitoringMode",
	"serverSelectionTimeoutMS", "socketTimeoutMS", "srvMaxHosts", "srvServiceName", "timeoutMS", "journal", "w",
	"wTimeoutMS", "zlibCompressionLevel", "zstdCompressionLevel",
	"tls", "ssl", "tlsCAFile", "tlsCertificateFile", "tlsPrivateKeyFile", "tlsCertificateKeyFile",
	"tlsCertificateKeyFilePassword", "tlsInsecure", "tlsDisableOCSPEndpointCheck", "tlsAllowInvalidCertificates",
	"tlsAllowInvalidHostnames",
	"proxyHost", "proxyPort", "proxyUsername", "proxyPassword",
}
