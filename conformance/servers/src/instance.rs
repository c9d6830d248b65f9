//! One SocketIo with its namespaces, served over HTTP on a free port of 127.0.0.1.

use crate::args::{Args, Parser, Spec};
use crate::handlers;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use socketioxide::adapter::Adapter;
use socketioxide::extract::SocketRef;
use socketioxide::{ParserConfig, SocketIo};
use socketioxide_core::adapter::DefinedAdapter;
use std::error::Error;
use std::fmt::Display;
use tokio::net::TcpListener;

/// What the run must know to reach an instance.
#[derive(Serialize)]
pub struct Ready {
    prefix: String,
    uid: String,
    port: u16,
}

/// Returns once `/` and `/admin` are subscribed and the port takes connections.
pub async fn serve<A, E>(
    adapter: A::State,
    args: &Args,
    spec: &Spec,
) -> Result<Ready, Box<dyn Error>>
where
    A: DefinedAdapter + Adapter<InitRes: Future<Output = Result<(), E>>>,
    E: Display,
{
    let mut builder = SocketIo::builder().with_adapter::<A>(adapter);
    if let Some(timeout) = args.ack_timeout {
        builder = builder.ack_timeout(timeout);
    }
    let builder = match spec.parser {
        Parser::Common => builder.with_parser(ParserConfig::common()),
        Parser::Msgpack => builder.with_parser(ParserConfig::msgpack()),
    };
    let (service, io) = builder.build_svc();

    let sid_room = args.sid_room;
    let connected = move |io: SocketIo<A>, socket: SocketRef<A>| async move {
        handlers::connected(io, socket, sid_room);
    };
    io.ns("/", connected)
        .await
        .map_err(|err| format!("subscribe to /: {err}"))?;
    io.ns("/admin", connected)
        .await
        .map_err(|err| format!("subscribe to /admin: {err}"))?;
    io.dyn_ns("/dyn-{id}", connected)?;

    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let ready = Ready {
        prefix: spec.prefix.clone(),
        uid: io.config().server_id.to_string(),
        port: listener.local_addr()?.port(),
    };
    tokio::spawn(accept(listener, service));
    Ok(ready)
}

async fn accept<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Error + Send + Sync,
    B: Body<Data: Send, Error: Error + Send + Sync> + Send + 'static,
{
    while let Ok((stream, _)) = listener.accept().await {
        if let Err(err) = stream.set_nodelay(true) {
            tracing::warn!("set TCP_NODELAY: {err}");
        }
        let connection = http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service.clone())
            .with_upgrades();
        // A client that goes away in the middle of a request is its own affair.
        tokio::spawn(async move { connection.await.ok() });
    }
}
