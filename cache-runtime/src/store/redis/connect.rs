//! How connections are made, and to which server: an address, a set of connections, and the
//! identity that tells one run of one server from another.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, PushInfo,
    RedisError, RedisResult,
};
use tokio::time::timeout;

use crate::error::Error;
use crate::key::encoding;
use crate::store::redis::{Options, notes, scripts};

/// The address of a URL, or what is wrong with it in terms of the setting `name`.
pub(super) fn parse(name: &str, url: &str) -> Result<ConnectionInfo, Error> {
    let accepted =
        "`redis://[user:password@]host[:port][/database]`, `unix:///path` or `redis+unix:///path`";
    let refused = |why: &str| Error::setting(name, redacted(url), format!("{accepted} ({why})"));
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "redis" | "valkey" | "unix" | "redis+unix" | "valkey+unix" => {}
        "rediss" | "valkeys" => return Err(refused("TLS is not built yet")),
        "" => return Err(refused("there is no scheme")),
        _ => return Err(refused("the scheme is unknown")),
    }
    let info = url
        .into_connection_info()
        .map_err(|error| refused(&error.to_string()))?;
    let settings = info
        .redis_settings()
        .clone()
        .set_protocol(ProtocolVersion::RESP3);
    Ok(info
        .set_redis_settings(settings)
        .set_tcp_settings(TcpSettings::default().set_nodelay(true)))
}

/// A URL without what stands before the `@`, nor a `pass=` in its query.
pub(crate) fn redacted(url: &str) -> String {
    let url = match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    };
    match url.split_once("pass=") {
        Some((before, _)) => format!("{before}pass=…"),
        None => url,
    }
}

/// A set of connections to one run of one server.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) data: Vec<MultiplexedConnection>,
    /// Hears notes.
    ears: MultiplexedConnection,
    /// A server restarted from an old snapshot is another server, and so is one whose data was
    /// replaced by another's.
    pub(super) server: [u8; 16],
    /// Whether questions may be asked; closed by a late answer until a ping is answered.
    pub(super) open: AtomicBool,
}

impl Live {
    /// Commands for one entry always travel in order on one connection.
    pub(super) fn connection(&self, digest: [u8; 16]) -> MultiplexedConnection {
        self.data[usize::from(digest[0]) % self.data.len()].clone()
    }

    /// Why these connections are no longer to be used, if so.
    pub(super) async fn check(&self, limit: Duration) -> Result<(), String> {
        let answered =
            async |ping: &mut MultiplexedConnection| redis::cmd("PING").exec_async(ping).await;
        let all = async {
            answered(&mut self.ears.clone()).await?;
            for connection in &self.data[1..] {
                answered(&mut connection.clone()).await?;
            }
            identity(&mut self.data[0].clone()).await
        };
        match timeout(limit, all).await {
            Ok(Ok(server)) if server == self.server => Ok(()),
            Ok(Ok(_)) => Err("the server became another".into()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer to a ping within {limit:?}")),
        }
    }
}

/// Connects, and makes sure that all connections reach the same server.
pub(super) async fn connect(
    info: &ConnectionInfo,
    options: &Options,
    heard: impl Fn(PushInfo) + Send + Sync + 'static,
) -> RedisResult<Live> {
    let client = Client::open(info.clone())?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(options.connect_timeout))
        .set_response_timeout(None);
    let heard = config.clone().set_push_sender(move |push: PushInfo| {
        heard(push);
        Ok::<(), redis::aio::SendError>(())
    });
    let mut ears = client
        .get_multiplexed_async_connection_with_config(&heard)
        .await?;
    ears.subscribe(notes::channel(&options.namespace)).await?;
    let server = identity(&mut ears).await?;
    let mut data = Vec::with_capacity(options.connections);
    for _ in 0..options.connections {
        let mut connection = client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        if identity(&mut connection).await? != server {
            return Err(unusable("the address leads to several servers"));
        }
        data.push(connection);
    }
    for script in scripts() {
        script.load_async(&mut data[0]).await?;
    }
    Ok(Live {
        data,
        ears,
        server,
        open: AtomicBool::new(true),
    })
}

fn unusable(why: &'static str) -> RedisError {
    (redis::ErrorKind::Client, why).into()
}

/// A digest of the server's `run_id`, which is new each time it starts, and of its replication
/// id, which is new each time it is promoted or takes another's data. A replica is refused: it
/// can lose what it acknowledges.
async fn identity(connection: &mut MultiplexedConnection) -> RedisResult<[u8; 16]> {
    let mut known = String::new();
    for (section, fields) in [
        ("server", ["run_id:", "redis_version:"]),
        ("replication", ["role:", "master_replid:"]),
    ] {
        let info: String = match redis::cmd("INFO")
            .arg(section)
            .query_async(connection)
            .await
        {
            Ok(info) => info,
            Err(error) if error.is_io_error() || error.is_connection_dropped() => {
                return Err(error);
            }
            // Not every server, nor every user, may ask.
            Err(_) => continue,
        };
        for line in info
            .lines()
            .filter(|line| fields.iter().any(|field| line.starts_with(field)))
        {
            if line.starts_with("role:") && line != "role:master" {
                return Err(unusable(
                    "it is a replica, and only its master can be written",
                ));
            }
            known.push_str(line);
        }
    }
    if !known.contains("run_id:") {
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| tracing::warn!(target: "cache_runtime", "this server does not tell its `run_id`: if it restarts from an old snapshot, entries from before may come back"));
    }
    Ok(encoding::digest(known))
}
