//! A small HTTP client: sends one request and says how it was answered.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client as Http, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// Clones share their connections.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: Http<HttpConnector, Full<Bytes>>,
    url: String,
}

#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) outcome: Outcome,
    pub(super) body: Value,
    pub(super) time: Duration,
}

/// What the service said in `x-cache`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Hit,
    Miss,
    /// Nothing: a write, an error, or an endpoint that uses no cache.
    Unsaid,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Unsaid => "",
        })
    }
}

impl Client {
    pub(super) fn new(url: &str) -> Self {
        // Without this, the kernel may hold small requests back for 40 ms.
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let http = Http::builder(TokioExecutor::new()).build(connector);
        Self {
            http,
            url: url.to_owned(),
        }
    }

    pub(super) async fn get(&self, tenant: Option<&str>, path: &str) -> Result<Answer, Failure> {
        self.send(tenant, Method::GET, path, None).await
    }

    /// Sends one request. No tenant: no `x-tenant` header.
    pub(super) async fn send(
        &self,
        tenant: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        if let Some(tenant) = tenant {
            request = request.header("x-tenant", tenant);
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        let request = request
            .header("content-type", "application/json")
            .body(body.into())?;

        let begun = Instant::now();
        let response = self.http.request(request).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        let time = begun.elapsed();

        let outcome = match head.headers.get("x-cache").map(|value| value.as_bytes()) {
            Some(b"hit") => Outcome::Hit,
            Some(b"miss") => Outcome::Miss,
            _ => Outcome::Unsaid,
        };
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Ok(Answer {
            status: head.status,
            outcome,
            body,
            time,
        })
    }
}
