impl Service {
    pub async fn balance(&self, account: u64) -> Option<Balance> {
        let __cache_begun = {
            let __cache_kind = &{
                use ::cache_runtime::__private::kinds::*;
                (&&&Probe::<Option<Balance>>::new()).kind()
            };
            ::cache_runtime::__private::begin::<
                Option<Balance>,
                _,
            >(
                &::cache_runtime::__private::Call {
                    function: const {
                        &::cache_runtime::__private::Function {
                            name: "balance",
                            prefix: ::cache_runtime::__private::core::option::Option::None,
                            templated: true,
                            arguments: &[],
                            version: 0u32,
                            cache_none: false,
                        }
                    },
                    place: ::cache_runtime::__private::Place::of(&|| ()),
                    generics: &[],
                    key: &[
                        ::cache_runtime::__private::Part::Value(&self.region),
                        ::cache_runtime::__private::Part::Literal(":"),
                        ::cache_runtime::__private::Part::Value(&account),
                    ],
                    owner: ::cache_runtime::__private::Owner::Ambient,
                    tags: &[],
                    events: &[],
                    ttl: ::cache_runtime::__private::Ttl::Default,
                },
                *__cache_kind,
                {
                    use ::cache_runtime::__private::kinds::*;
                    (&&Probe::<Option<Balance>>::new()).sharing()
                },
            )
        };
        ::cache_runtime::__private::run::<
            Option<Balance>,
            _,
            _,
            _,
        >(
                __cache_begun,
                ::cache_runtime::__private::always,
                async move {
                    if let ::cache_runtime::__private::core::option::Option::Some(
                        __cache_result,
                    ) = ::cache_runtime::__private::core::option::Option::None::<
                        Option<Balance>,
                    > {
                        #[allow(unreachable_code)] return __cache_result;
                    }
                    self.load(account).await
                },
            )
            .await
    }
    ///The key of a call with these arguments.
    #[allow(
        dead_code,
        deprecated,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        unused_lifetimes,
        clippy::all,
        clippy::pedantic
    )]
    pub fn balance_key(&self, account: u64) -> ::cache_runtime::__private::Key {
        ::cache_runtime::__private::Call {
            function: const {
                &::cache_runtime::__private::Function {
                    name: "balance",
                    prefix: ::cache_runtime::__private::core::option::Option::None,
                    templated: true,
                    arguments: &[],
                    version: 0u32,
                    cache_none: false,
                }
            },
            place: ::cache_runtime::__private::Place::of(&|| ()),
            generics: &[],
            key: &[
                ::cache_runtime::__private::Part::Value(&self.region),
                ::cache_runtime::__private::Part::Literal(":"),
                ::cache_runtime::__private::Part::Value(&account),
            ],
            owner: ::cache_runtime::__private::Owner::Ambient,
            tags: &[],
            events: &[],
            ttl: ::cache_runtime::__private::Ttl::Default,
        }
            .key()
    }
    ///Drops the entry of a call with these arguments.
    #[allow(
        dead_code,
        deprecated,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        unused_lifetimes,
        clippy::all,
        clippy::pedantic
    )]
    pub async fn balance_invalidate(
        &self,
        account: u64,
    ) -> ::cache_runtime::__private::core::result::Result<
        (),
        ::cache_runtime::__private::Error,
    > {
        let __cache_key = Self::balance_key(self, account);
        ::cache_runtime::__private::invalidate(__cache_key).await
    }
    ///Runs the body and stores what it gives, whatever is cached.
    #[allow(
        dead_code,
        deprecated,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        unused_lifetimes,
        clippy::all,
        clippy::pedantic
    )]
    pub async fn balance_refresh(&self, account: u64) -> Option<Balance> {
        ::cache_runtime::__private::refresh(Self::balance(self, account)).await
    }
    ///Runs the body and leaves the cache alone.
    #[allow(
        dead_code,
        deprecated,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        unused_lifetimes,
        clippy::all,
        clippy::pedantic
    )]
    pub async fn balance_uncached(&self, account: u64) -> Option<Balance> {
        ::cache_runtime::__private::uncached(Self::balance(self, account)).await
    }
    #[doc(hidden)]
    #[allow(
        dead_code,
        deprecated,
        private_bounds,
        private_interfaces,
        unreachable_pub,
        unused_lifetimes,
        clippy::all,
        clippy::pedantic
    )]
    pub fn balance_family() -> ::cache_runtime::__private::Family {
        ::cache_runtime::__private::Family::new(
            ::cache_runtime::__private::Place::of(&|| ()),
            ::cache_runtime::__private::core::option::Option::None,
            ::cache_runtime::__private::core::option::Option::None,
            "",
            ::cache_runtime::__private::Owner::Ambient,
        )
    }
}
