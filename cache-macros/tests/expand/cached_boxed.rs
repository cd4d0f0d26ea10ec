impl Repository {
    #[cached(skip(self))]
    fn find<'life0, 'async_trait>(
        &'life0 self,
        id: u64,
    ) -> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Suite> + ::core::marker::Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move { load(id).await })
    }
}
