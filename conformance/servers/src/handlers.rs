//! What a client may ask of its server. Each request is answered by an acknowledgement.

use futures_util::StreamExt;
use serde::Serialize;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::adapter::Adapter;
use socketioxide::extract::{AckSender, Data, SocketRef};
use socketioxide::operators::BroadcastOperators;
use std::fmt::Display;
use std::time::Instant;

/// Answer to `whoami`, and what `ready` tells once all handlers are registered: a client that
/// emits earlier may lose its event.
#[derive(Serialize)]
struct Identity {
    server: String,
    id: String,
    rooms: Vec<String>,
}

/// Answer to `local_rooms` and `rooms`. `ms` is how long the call took.
#[derive(Serialize)]
struct Rooms {
    rooms: Vec<String>,
    ms: f64,
}

#[derive(Serialize)]
struct RemoteSocket {
    id: String,
    server: String,
    namespace: String,
}

/// Answer to `fetch`.
#[derive(Serialize)]
struct Sockets {
    sockets: Vec<RemoteSocket>,
    ms: f64,
}

/// Answer to `ask`: how many sockets acknowledged, and how many failed to.
#[derive(Serialize)]
struct Acks {
    acks: usize,
    errors: usize,
    ms: f64,
}

pub fn connected<A: Adapter>(io: SocketIo<A>, socket: SocketRef<A>, sid_room: bool) {
    if sid_room {
        socket.join(socket.id);
    }
    let uid = io.config().server_id.to_string();
    let identity = move |socket: &SocketRef<A>| Identity {
        server: uid.clone(),
        id: socket.id.to_string(),
        rooms: names(socket.rooms()),
    };
    let ready = identity(&socket);
    socket.on(
        "whoami",
        async move |socket: SocketRef<A>, ack: AckSender<A>| {
            answer(ack, &identity(&socket));
        },
    );
    socket.on("join", join);
    socket.on("leave", leave);
    socket.on("local_rooms", local_rooms);
    socket.on("rooms", rooms);
    socket.on("fetch", fetch);
    socket.on("ask", ask);
    if let Err(err) = socket.emit("ready", &ready) {
        tracing::warn!("emit ready: {err}");
    }
}

async fn join<A: Adapter>(socket: SocketRef<A>, Data(rooms): Data<Vec<String>>, ack: AckSender<A>) {
    socket.join(rooms);
    answer(ack, &names(socket.rooms()));
}

async fn leave<A: Adapter>(
    socket: SocketRef<A>,
    Data(rooms): Data<Vec<String>>,
    ack: AckSender<A>,
) {
    socket.leave(rooms);
    answer(ack, &names(socket.rooms()));
}

/// The rooms of the sockets in any of the given rooms, or of all, that this server alone knows. A ghost, an id that no
/// socket has, is counted as a member of a given room only.
async fn local_rooms<A: Adapter>(
    io: SocketIo<A>,
    socket: SocketRef<A>,
    Data(of): Data<Vec<String>>,
    ack: AckSender<A>,
) {
    let start = Instant::now();
    match namespace(&io, &socket).local().within(of).rooms().await {
        Ok(rooms) => answer(
            ack,
            &Rooms {
                rooms: names(rooms),
                ms: ms(start),
            },
        ),
        Err(err) => tracing::error!("local rooms: {err}"),
    }
}

/// The same of the whole cluster.
async fn rooms<A: Adapter>(
    io: SocketIo<A>,
    socket: SocketRef<A>,
    Data(of): Data<Vec<String>>,
    ack: AckSender<A>,
) {
    let start = Instant::now();
    match namespace(&io, &socket).within(of).rooms().await {
        Ok(rooms) => answer(
            ack,
            &Rooms {
                rooms: names(rooms),
                ms: ms(start),
            },
        ),
        Err(err) => tracing::error!("rooms: {err}"),
    }
}

/// The sockets of the whole cluster, of the given rooms or all.
async fn fetch<A: Adapter>(
    io: SocketIo<A>,
    socket: SocketRef<A>,
    Data(rooms): Data<Vec<String>>,
    ack: AckSender<A>,
) {
    let start = Instant::now();
    let found = namespace(&io, &socket).within(rooms).fetch_sockets().await;
    match found {
        Ok(sockets) => {
            let sockets = sockets.into_iter().map(|socket| {
                let data = socket.into_data();
                RemoteSocket {
                    id: data.id.to_string(),
                    server: data.server_id.to_string(),
                    namespace: data.ns.to_string(),
                }
            });
            answer(
                ack,
                &Sockets {
                    sockets: sockets.collect(),
                    ms: ms(start),
                },
            );
        }
        Err(err) => tracing::error!("fetch: {err}"),
    }
}

/// Emits the event `asked` to the given rooms, or to everybody, and counts the answers.
async fn ask<A: Adapter>(
    io: SocketIo<A>,
    socket: SocketRef<A>,
    Data(rooms): Data<Vec<String>>,
    ack: AckSender<A>,
) {
    let start = Instant::now();
    let stream = namespace(&io, &socket)
        .within(rooms)
        .emit_with_ack::<_, Value>("asked", &())
        .await;
    match stream {
        Ok(stream) => {
            let answers: Vec<bool> = stream.map(|(_, answer)| answer.is_ok()).collect().await;
            let acks = answers.iter().filter(|ok| **ok).count();
            answer(
                ack,
                &Acks {
                    acks,
                    errors: answers.len() - acks,
                    ms: ms(start),
                },
            );
        }
        Err(err) => tracing::error!("ask: {err}"),
    }
}

fn namespace<A: Adapter>(io: &SocketIo<A>, socket: &SocketRef<A>) -> BroadcastOperators<A> {
    io.of(socket.ns()).expect("a socket's namespace exists")
}

fn names(rooms: Vec<impl Display>) -> Vec<String> {
    rooms.iter().map(ToString::to_string).collect()
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn answer<A: Adapter, T: Serialize>(ack: AckSender<A>, value: &T) {
    if let Err(err) = ack.send(value) {
        tracing::warn!("answer a client: {err}");
    }
}
