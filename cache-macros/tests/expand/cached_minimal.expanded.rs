async fn get_suite(id: u64) -> Suite {
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
                        name: "get_suite",
                        prefix: ::cache_runtime::__private::core::option::Option::None,
                        templated: false,
                        arguments: &["id"],
                        version: 0u32,
                        cache_none: false,
                    }
                },
                place: ::cache_runtime::__private::Place::of(&get_suite::__cache_here),
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
                if let ::cache_runtime::__private::core::option::Option::Some(
                    __cache_result,
                ) = ::cache_runtime::__private::core::option::Option::None::<Suite> {
                    #[allow(unreachable_code)] return __cache_result;
                }
                load(id).await
            },
        )
        .await
}
///The keys of the cached function `get_suite`, and the ways around its cache.
#[allow(
    non_camel_case_types,
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    missing_copy_implementations
)]
struct get_suite {}
impl get_suite {
    #[doc(hidden)]
    fn __cache_here() {}
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
    fn key(id: u64) -> ::cache_runtime::__private::Key {
        ::cache_runtime::__private::Call {
            function: const {
                &::cache_runtime::__private::Function {
                    name: "get_suite",
                    prefix: ::cache_runtime::__private::core::option::Option::None,
                    templated: false,
                    arguments: &["id"],
                    version: 0u32,
                    cache_none: false,
                }
            },
            place: ::cache_runtime::__private::Place::of(&get_suite::__cache_here),
            generics: &[],
            key: &[::cache_runtime::__private::Part::Value(&id)],
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
    async fn invalidate(
        id: u64,
    ) -> ::cache_runtime::__private::core::result::Result<
        (),
        ::cache_runtime::__private::Error,
    > {
        let __cache_key = Self::key(id);
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
    async fn refresh(id: u64) -> Suite {
        ::cache_runtime::__private::refresh(get_suite(id)).await
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
    async fn uncached(id: u64) -> Suite {
        ::cache_runtime::__private::uncached(get_suite(id)).await
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
    fn __cache_family() -> ::cache_runtime::__private::Family {
        ::cache_runtime::__private::Family::new(
            ::cache_runtime::__private::Place::of(&get_suite::__cache_here),
            ::cache_runtime::__private::core::option::Option::None,
            ::cache_runtime::__private::core::option::Option::Some("get_suite"),
            "",
            ::cache_runtime::__private::Owner::Ambient,
        )
    }
}
