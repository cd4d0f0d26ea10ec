//! How connections are made, and to which server: an address, a set of connections, and the
//! identity that tells one run of one server from another.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, PushInfo,
    RedisError, RedisResult,
};
use tokio::time::{Instant, timeout};

use crate::error::Error;
use crate::key::encoding;
use crate::store::redis::lanes::Lane;
use crate::store::redis::{OnServerChange, Options, notes, scripts};

/// The address of a URL, or what is wrong with it in terms of the setting `name`.
pub(super) fn parse(name: &str, url: &str) -> Result<ConnectionInfo, Error> {
    let accepted = "`redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, `unix:///path` or `redis+unix:///path`";
    let refused = |why: &str| Error::setting(name, redacted(url), format!("{accepted} ({why})"));
    let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
    match scheme {
        "redis" | "valkey" | "unix" | "redis+unix" | "valkey+unix" => {}
        "rediss" | "valkeys" if cfg!(feature = "tls") => {}
        "rediss" | "valkeys" => {
            return Err(refused("for TLS, add the feature `tls` to cache-runtime"));
        }
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

/// A client of this address. Nothing is connected yet.
#[cfg_attr(
    not(feature = "tls"),
    expect(unused_variables, reason = "certificates are for TLS")
)]
pub(super) fn client(url: &str, ca_file: Option<&Path>) -> Result<Client, Error> {
    let info = parse("redis", url)?;
    let unfit = |error: RedisError| Error::setting("redis", redacted(url), error.to_string());
    #[cfg(feature = "tls")]
    if matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. }) {
        // Whoever has already chosen one keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let root_cert = ca_file.map(read_ca).transpose()?;
        let certificates = redis::TlsCertificates {
            client_tls: None,
            root_cert,
        };
        return Client::build_with_tls(info, certificates).map_err(unfit);
    }
    Client::open(info).map_err(unfit)
}

#[cfg(feature = "tls")]
fn read_ca(path: &Path) -> Result<Vec<u8>, Error> {
    let refused = |why: String| {
        let accepted = format!("a file of PEM certificates ({why})");
        Error::setting("redis_ca_file", path.display().to_string(), accepted)
    };
    let pem = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    if pem.contains("-----BEGIN CERTIFICATE-----") {
        Ok(pem.into_bytes())
    } else {
        Err(refused("there is none in it".into()))
    }
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
    /// For whatever takes no time to send.
    usual: Vec<MultiplexedConnection>,
    /// For large values. With one connection in all it is that one.
    large: MultiplexedConnection,
    /// Hears notes.
    ears: MultiplexedConnection,
    /// The server may refuse that: then who waits for another process looks again and again.
    pub(super) deaf: bool,
    /// Which run of which server this is, if it tells.
    pub(super) identity: Option<Identity>,
    /// What entries and leases are stamped with.
    pub(super) server: Identity,
    /// Whether questions may be asked on the lane: not before what is owed has been sent, nor
    /// after a late answer until a ping is answered in time.
    usual_open: AtomicBool,
    large_open: AtomicBool,
}

impl Live {
    /// Commands for one entry always travel in order on one connection, but for large values.
    pub(super) fn connection(&self, digest: [u8; 16], lane: Lane) -> MultiplexedConnection {
        match lane {
            Lane::Usual => self.usual[usize::from(digest[0]) % self.usual.len()].clone(),
            Lane::Large => self.large.clone(),
        }
    }

    pub(super) fn open(&self, lane: Lane) -> &AtomicBool {
        match lane {
            Lane::Usual => &self.usual_open,
            Lane::Large => &self.large_open,
        }
    }

    /// How late the slowest answer to a ping was, or why these connections are no longer to be
    /// used.
    pub(super) async fn check(&self, limit: Duration) -> Result<Duration, String> {
        let mut slowest = Duration::ZERO;
        let all = async {
            for connection in self.usual.iter().chain([&self.ears]) {
                let start = Instant::now();
                ping(connection).await?;
                slowest = slowest.max(start.elapsed());
            }
            identity(&mut self.usual[0].clone()).await
        };
        match timeout(limit, all).await {
            Ok(Ok(identity)) if identity == self.identity => Ok(slowest),
            Ok(Ok(_)) => Err("the server became another".into()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("no answer to a ping within {limit:?}")),
        }
    }

    /// Whether large values come through again; they take their time.
    pub(super) async fn check_large(&self, limit: Duration) -> Result<(), String> {
        match timeout(limit, ping(&self.large)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(format!("a large value was not sent within {limit:?}")),
        }
    }
}

async fn ping(connection: &MultiplexedConnection) -> RedisResult<()> {
    redis::cmd("PING").exec_async(&mut connection.clone()).await
}

/// Connects, and makes sure that all connections reach the same server.
pub(super) async fn connect(
    client: &Client,
    options: &Options,
    heard: impl Fn(PushInfo) + Send + Sync + 'static,
) -> RedisResult<Live> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(options.connect_timeout))
        .set_response_timeout(None);
    let heard = config.clone().set_push_sender(move |push: PushInfo| {
        heard(push);
        Ok::<(), redis::aio::SendError>(())
    });
    let mut ears = dial(client, &heard).await?;
    // A server that still loads its data says so here.
    ping(&ears).await?;
    let identity = identity(&mut ears).await?;
    let deaf = match ears.subscribe(notes::channel(&options.namespace)).await {
        Ok(()) => false,
        Err(error) if error.is_io_error() || error.is_connection_dropped() => return Err(error),
        Err(_) => true,
    };
    let mut data = Vec::with_capacity(options.connections);
    for _ in 0..options.connections {
        let mut connection = dial(client, &config).await?;
        if self::identity(&mut connection).await? != identity {
            return Err(unusable("the address leads to several servers"));
        }
        data.push(connection);
    }
    let Some(large) = data.last().cloned() else {
        return Err(unusable("no connection was asked for"));
    };
    for script in scripts() {
        script.load_async(&mut data[0]).await?;
    }
    data.truncate((data.len() - 1).max(1));
    let discard = options.on_server_change == OnServerChange::Discard;
    Ok(Live {
        usual: data,
        large,
        ears,
        deaf,
        server: identity.filter(|_| discard).unwrap_or_default(),
        identity,
        usual_open: AtomicBool::new(false),
        large_open: AtomicBool::new(true),
    })
}

async fn dial(
    client: &Client,
    config: &AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    #[cfg(test)]
    if crate::model::is_on() {
        return crate::model::dial(client.get_connection_info(), config.clone()).await;
    }
    client
        .get_multiplexed_async_connection_with_config(config)
        .await
}

/// A digest of what tells one run of one server from another.
pub(super) type Identity = [u8; 16];

fn unusable(why: &'static str) -> RedisError {
    (redis::ErrorKind::Client, why).into()
}

/// A digest of the server's `run_id`, which is new each time it starts, and of its replication
/// id, which is new each time it is promoted or takes another's data. A replica is refused: it
/// can lose what it acknowledges.
async fn identity(connection: &mut MultiplexedConnection) -> RedisResult<Option<Identity>> {
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
    Ok(known.contains("run_id:").then(|| encoding::digest(known)))
}
