impl Repository {
    fn find<'life0, 'async_trait>(
        &'life0 self,
        id: u64,
    ) -> ::core::pin::Pin<
        Box<
            dyn ::core::future::Future<
                Output = Suite,
            > + ::core::marker::Send + 'async_trait,
        >,
    >
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        ::cache_runtime::__private::std::boxed::Box::pin(async move {
            let __cache_begun = {
                let __cache_kind = &{
                    use ::cache_runtime::__private::kinds::*;
                    (&&&Probe::<Suite>::new()).kind()
                };
                ::cache_runtime::__private::begin::<
                    Suite,
                    _,
                >(
                    &::cache_runtime::__private::Call {
                        function: const {
                            &::cache_runtime::__private::Function {
                                name: "find",
                                prefix: ::cache_runtime::__private::core::option::Option::None,
                                templated: false,
                                arguments: &["id"],
                                version: 0u32,
                                cache_none: false,
                            }
                        },
                        place: ::cache_runtime::__private::Place::of(&|| ()),
                        generics: &[],
                        key: &[::cache_runtime::__private::Part::Value(&id)],
                        owner: ::cache_runtime::__private::Owner::Ambient,
                        tags: &[],
                        events: &[],
                        ttl: ::cache_runtime::__private::Ttl::Default,
                    },
                    *__cache_kind,
                    {
                        use ::cache_runtime::__private::kinds::*;
                        (&&Probe::<Suite>::new()).sharing()
                    },
                )
            };
            ::cache_runtime::__private::run::<
                Suite,
                _,
                _,
                _,
            >(
                    __cache_begun,
                    ::cache_runtime::__private::always,
                    async move {
                        let __cache_future = (move || -> ::core::pin::Pin<
                            Box<
                                dyn ::core::future::Future<
                                    Output = Suite,
                                > + ::core::marker::Send + 'async_trait,
                            >,
                        > { Box::pin(async move { load(id).await }) })();
                        __cache_future.await
                    },
                )
                .await
        })
    }
}
