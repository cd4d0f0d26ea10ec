impl Service {
    #[cached(key = "{self.region}:{account}")]
    pub async fn balance(&self, account: u64) -> Option<Balance> {
        self.load(account).await
    }
}
