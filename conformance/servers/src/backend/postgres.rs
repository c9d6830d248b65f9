//! Connects the two drivers of socketioxide-postgres.

use crate::args::{Args, Spec};
use socketioxide_postgres::drivers::sqlx::{SqlxDriver, sqlx_client as sqlx};
use socketioxide_postgres::drivers::tokio_postgres::TokioPostgresDriver;
use socketioxide_postgres::drivers::tokio_postgres::tokio_postgres_client as tokio_postgres;
use socketioxide_postgres::{PostgresAdapterConfig, PostgresAdapterCtr};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::error::Error;
use std::time::Duration;

/// The listener of each namespace keeps a connection of the pool, and the cases use many namespaces.
const POOL: u32 = 60;

/// What is logged tells of lost messages; a connection or a statement that was slow is none.
const NEVER: Duration = Duration::from_secs(3600);

fn config(args: &Args, spec: &Spec) -> PostgresAdapterConfig {
    let mut config = PostgresAdapterConfig::new().with_prefix(spec.prefix.clone());
    if let Some(table) = &args.table {
        config = config.with_table_name(table.clone());
    }
    if let Some(interval) = args.cleanup {
        config = config.with_cleanup_interval(interval);
    }
    if let Some(interval) = args.heartbeat {
        config = config.with_hb_interval(interval);
    }
    if let Some(timeout) = args.heartbeat_timeout {
        config = config.with_hb_timeout(timeout);
    }
    config
}

pub async fn sqlx(args: &Args, spec: &Spec) -> Result<PostgresAdapterCtr<SqlxDriver>, sqlx::Error> {
    let connection: PgConnectOptions = args.urls[0].parse()?;
    let pool = PgPoolOptions::new()
        .max_connections(POOL)
        .acquire_slow_threshold(NEVER)
        .connect_with(connection.disable_statement_logging())
        .await?;
    Ok(PostgresAdapterCtr::new_with_sqlx_config(
        pool,
        config(args, spec),
    ))
}

pub async fn tokio(
    args: &Args,
    spec: &Spec,
) -> Result<PostgresAdapterCtr<TokioPostgresDriver>, Box<dyn Error>> {
    let connection: tokio_postgres::Config = args.urls[0].parse()?;
    let ctr = PostgresAdapterCtr::new_with_tokio_postgres_config(
        connection,
        tokio_postgres::NoTls,
        config(args, spec),
    );
    Ok(ctr.await?)
}
