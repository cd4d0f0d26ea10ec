//! The steps of the tour: each calls the service, prints one aligned line, and checks where
//! the answer came from.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::client::{Answer, Client, Failure, Outcome};
use super::report::Report;

#[derive(Debug)]
pub(super) struct Guide {
    pub(super) client: Client,
    report: Report,
}

impl Guide {
    pub(super) fn new(url: &str) -> Self {
        Self {
            client: Client::new(url),
            report: Report::default(),
        }
    }

    /// Reads a page that the database has to answer.
    pub(super) async fn miss(&mut self, tenant: &str, page: &str) -> Result<Value, Failure> {
        self.read(tenant, page, Outcome::Miss).await
    }

    /// Reads a page that the cache has to answer.
    pub(super) async fn hit(&mut self, tenant: &str, page: &str) -> Result<Value, Failure> {
        self.read(tenant, page, Outcome::Hit).await
    }

    async fn read(&mut self, tenant: &str, page: &str, from: Outcome) -> Result<Value, Failure> {
        let answer = self.client.get(Some(tenant), page).await?;
        self.report.call(tenant, &format!("GET {page}"), &answer);
        self.expect(answer.status == StatusCode::OK, &format!("{page} is there"));
        self.expect(
            answer.outcome == from,
            &format!("{page} of {tenant} is a {from}"),
        );
        Ok(answer.body)
    }

    /// Reads a page without printing anything, to see how long it takes.
    pub(super) async fn time(&mut self, page: &str, from: Outcome) -> Result<Duration, Failure> {
        let answer = self.client.get(Some("acme"), page).await?;
        self.expect(
            answer.outcome == from,
            &format!("{page} is a {from} when measured"),
        );
        Ok(answer.time)
    }

    pub(super) async fn refused(
        &mut self,
        tenant: Option<&str>,
        page: &str,
        status: StatusCode,
    ) -> Result<(), Failure> {
        let answer = self.client.get(tenant, page).await?;
        self.report
            .call(tenant.unwrap_or("(none)"), &format!("GET {page}"), &answer);
        self.expect(
            answer.status == status,
            &format!("{page} is refused with {status}"),
        );
        Ok(())
    }

    pub(super) async fn post(
        &mut self,
        tenant: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        self.write(tenant, Method::POST, path, Some(body)).await
    }

    pub(super) async fn put(
        &mut self,
        tenant: &str,
        path: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        self.write(tenant, Method::PUT, path, Some(body)).await
    }

    pub(super) async fn delete(&mut self, tenant: &str, path: &str) -> Result<Value, Failure> {
        self.write(tenant, Method::DELETE, path, None).await
    }

    async fn write(
        &mut self,
        tenant: &str,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let call = format!("{method} {path}");
        let answer = self.client.send(Some(tenant), method, path, body).await?;
        self.report.call(tenant, &call, &answer);
        self.expect(answer.status.is_success(), &format!("{call} succeeds"));
        Ok(answer.body)
    }

    /// Drops everything the cache knows of a tenant.
    pub(super) async fn forget(&mut self, tenant: &str) -> Result<(), Failure> {
        let path = format!("/cache/tenant/{tenant}");
        let answer = self.client.send(None, Method::DELETE, &path, None).await?;
        self.expect(
            answer.status == StatusCode::OK,
            "the cache of a tenant is cleared",
        );
        Ok(())
    }

    pub(super) async fn metrics(&self) -> Result<Value, Failure> {
        let Answer { body, .. } = self.client.get(None, "/cache/metrics").await?;
        Ok(body)
    }

    /// How many reads reached the database since the service started.
    pub(super) async fn database_reads(&self) -> Result<u64, Failure> {
        let metrics = self.metrics().await?;
        metrics["database_reads"]
            .as_u64()
            .ok_or_else(|| "no `database_reads`".into())
    }

    pub(super) fn chapter(&self, title: &str) {
        println!("\n{title}");
    }

    pub(super) fn note(&self, text: &str) {
        println!("  {text}");
    }

    pub(super) fn expect(&mut self, holds: bool, expectation: &str) {
        self.report.expect(holds, expectation);
    }

    /// After a write that adds one, an old figure is a stale value.
    pub(super) fn expect_one_more(&mut self, before: &Value, after: &Value, figure: &str) {
        let due = before[figure].as_u64().map(|count| count + 1);
        let grown = due.is_some() && after[figure].as_u64() == due;
        self.expect(grown, &format!("`{figure}` grew by one: no stale value"));
    }

    pub(super) fn conclude(&self) -> bool {
        self.report.conclude()
    }
}
