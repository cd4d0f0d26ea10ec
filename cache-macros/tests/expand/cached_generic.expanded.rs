fn count<'a, T: Table, const N: usize>(
    ids: &'a [u64],
    __cache_arg1: (u8, u8),
    mut kind: impl Serialize,
) -> u64 {
    let __cache_begun = {
        let __cache_kind = &{
            use ::cache_runtime::__private::kinds::*;
            (&&&Probe::<u64>::new()).kind()
        };
        ::cache_runtime::__private::begin::<
            u64,
            _,
        >(
            &::cache_runtime::__private::Call {
                function: const {
                    &::cache_runtime::__private::Function {
                        name: "count",
                        prefix: ::cache_runtime::__private::core::option::Option::None,
                        templated: false,
                        arguments: &["ids", "__cache_arg1", "kind"],
                        version: 0u32,
                        cache_none: false,
                    }
                },
                place: ::cache_runtime::__private::Place::of(&counts::__cache_here),
                generics: &[
                    ::cache_runtime::__private::Part::Literal(
                        ::cache_runtime::__private::core::any::type_name::<T>(),
                    ),
                    ::cache_runtime::__private::Part::Value(&N),
                    ::cache_runtime::__private::Part::Literal(
                        ::cache_runtime::__private::core::any::type_name_of_val(&kind),
                    ),
                ],
                key: &[
                    ::cache_runtime::__private::Part::Unordered(&ids),
                    ::cache_runtime::__private::Part::Value(&__cache_arg1),
                    ::cache_runtime::__private::Part::Value(&kind),
                ],
                owner: ::cache_runtime::__private::Owner::Ambient,
                tags: &[],
                events: &[],
                ttl: ::cache_runtime::__private::Ttl::Default,
            },
            *__cache_kind,
            {
                use ::cache_runtime::__private::kinds::*;
                (&&Probe::<u64>::new()).sharing()
            },
        )
    };
    ::cache_runtime::__private::run_blocking::<
        u64,
        _,
        _,
        _,
    >(
        __cache_begun,
        ::cache_runtime::__private::always,
        move || -> u64 {
            let (a, b) = __cache_arg1;
            T::count(ids, N, a, b)
        },
    )
}
///The keys of the cached function `count`, and the ways around its cache.
#[allow(
    non_camel_case_types,
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    missing_copy_implementations
)]
struct counts {}
impl counts {
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
    fn key<'a, T: Table, const N: usize>(
        ids: &'a [u64],
        __cache_arg1: (u8, u8),
        kind: impl Serialize,
    ) -> ::cache_runtime::__private::Key {
        ::cache_runtime::__private::Call {
            function: const {
                &::cache_runtime::__private::Function {
                    name: "count",
                    prefix: ::cache_runtime::__private::core::option::Option::None,
                    templated: false,
                    arguments: &["ids", "__cache_arg1", "kind"],
                    version: 0u32,
                    cache_none: false,
                }
            },
            place: ::cache_runtime::__private::Place::of(&counts::__cache_here),
            generics: &[
                ::cache_runtime::__private::Part::Literal(
                    ::cache_runtime::__private::core::any::type_name::<T>(),
                ),
                ::cache_runtime::__private::Part::Value(&N),
                ::cache_runtime::__private::Part::Literal(
                    ::cache_runtime::__private::core::any::type_name_of_val(&kind),
                ),
            ],
            key: &[
                ::cache_runtime::__private::Part::Unordered(&ids),
                ::cache_runtime::__private::Part::Value(&__cache_arg1),
                ::cache_runtime::__private::Part::Value(&kind),
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
    fn invalidate<'a, T: Table, const N: usize>(
        ids: &'a [u64],
        __cache_arg1: (u8, u8),
        kind: impl Serialize,
    ) -> ::cache_runtime::__private::core::result::Result<
        (),
        ::cache_runtime::__private::Error,
    > {
        let __cache_key = Self::key::<T, N>(ids, __cache_arg1, kind);
        ::cache_runtime::__private::invalidate_blocking(__cache_key)
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
    fn refresh<'a, T: Table, const N: usize>(
        ids: &'a [u64],
        __cache_arg1: (u8, u8),
        kind: impl Serialize,
    ) -> u64 {
        ::cache_runtime::__private::refresh_blocking(move || count::<
            T,
            N,
        >(ids, __cache_arg1, kind))
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
    fn uncached<'a, T: Table, const N: usize>(
        ids: &'a [u64],
        __cache_arg1: (u8, u8),
        kind: impl Serialize,
    ) -> u64 {
        ::cache_runtime::__private::uncached_blocking(move || count::<
            T,
            N,
        >(ids, __cache_arg1, kind))
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
            ::cache_runtime::__private::Place::of(&counts::__cache_here),
            ::cache_runtime::__private::core::option::Option::None,
            ::cache_runtime::__private::core::option::Option::Some("count"),
            "",
            ::cache_runtime::__private::Owner::Ambient,
        )
    }
}
