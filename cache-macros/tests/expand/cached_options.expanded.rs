pub(crate) fn list_suites(
    db: &Db,
    offset: u32,
    filter: &Filter,
) -> Result<Vec<Suite>, DbError> {
    let __cache_begun = {
        let __cache_kind = &{
            use ::cache_runtime::__private::kinds::*;
            (&&&Probe::<Result<Vec<Suite>, DbError>>::new()).kind()
        };
        ::cache_runtime::__private::begin::<
            Result<Vec<Suite>, DbError>,
            _,
        >(
            &::cache_runtime::__private::Call {
                function: const {
                    &::cache_runtime::__private::Function {
                        name: "list_suites",
                        prefix: ::cache_runtime::__private::core::option::Option::Some(
                            "suite",
                        ),
                        templated: true,
                        arguments: &[],
                        version: 2u32,
                        cache_none: true,
                    }
                },
                place: ::cache_runtime::__private::Place::of(&list_suites::__cache_here),
                generics: &[],
                key: &[
                    ::cache_runtime::__private::Part::Literal("list:"),
                    ::cache_runtime::__private::Part::Value(&offset),
                    ::cache_runtime::__private::Part::Literal(","),
                    ::cache_runtime::__private::Part::Value(&filter.owner),
                ],
                owner: ::cache_runtime::__private::Owner::Of(
                    ::cache_runtime::__private::Tenant::from(
                        ::cache_runtime::__private::core::clone::Clone::clone(
                            &filter.tenant,
                        ),
                    ),
                ),
                tags: &[
                    &[
                        ::cache_runtime::__private::Part::Literal("project:"),
                        ::cache_runtime::__private::Part::Value(&filter.project),
                    ],
                ],
                events: &[&[::cache_runtime::__private::Part::Literal("suite.updated")]],
                ttl: ::cache_runtime::__private::Ttl::Of(
                    ::cache_runtime::__private::core::time::Duration::new(300u64, 0u32),
                ),
            },
            *__cache_kind,
            {
                use ::cache_runtime::__private::kinds::*;
                (&&Probe::<Result<Vec<Suite>, DbError>>::new()).sharing()
            },
        )
    };
    ::cache_runtime::__private::run_blocking::<
        Result<Vec<Suite>, DbError>,
        _,
        _,
        _,
    >(
        __cache_begun,
        |suites| !suites.is_empty(),
        move || -> Result<Vec<Suite>, DbError> { db.list(offset, filter) },
    )
}
///The keys of the cached function `list_suites`, and the ways around its cache.
#[allow(
    non_camel_case_types,
    dead_code,
    unreachable_pub,
    missing_debug_implementations,
    missing_copy_implementations
)]
pub(crate) struct list_suites {}
impl list_suites {
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
    pub(crate) fn key(offset: u32, filter: &Filter) -> ::cache_runtime::__private::Key {
        ::cache_runtime::__private::Call {
            function: const {
                &::cache_runtime::__private::Function {
                    name: "list_suites",
                    prefix: ::cache_runtime::__private::core::option::Option::Some(
                        "suite",
                    ),
                    templated: true,
                    arguments: &[],
                    version: 2u32,
                    cache_none: true,
                }
            },
            place: ::cache_runtime::__private::Place::of(&list_suites::__cache_here),
            generics: &[],
            key: &[
                ::cache_runtime::__private::Part::Literal("list:"),
                ::cache_runtime::__private::Part::Value(&offset),
                ::cache_runtime::__private::Part::Literal(","),
                ::cache_runtime::__private::Part::Value(&filter.owner),
            ],
            owner: ::cache_runtime::__private::Owner::Of(
                ::cache_runtime::__private::Tenant::from(
                    ::cache_runtime::__private::core::clone::Clone::clone(&filter.tenant),
                ),
            ),
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
    pub(crate) fn invalidate(
        offset: u32,
        filter: &Filter,
    ) -> ::cache_runtime::__private::core::result::Result<
        (),
        ::cache_runtime::__private::Error,
    > {
        let __cache_key = Self::key(offset, filter);
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
    pub(crate) fn refresh(
        db: &Db,
        offset: u32,
        filter: &Filter,
    ) -> Result<Vec<Suite>, DbError> {
        ::cache_runtime::__private::refresh_blocking(move || list_suites(
            db,
            offset,
            filter,
        ))
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
    pub(crate) fn uncached(
        db: &Db,
        offset: u32,
        filter: &Filter,
    ) -> Result<Vec<Suite>, DbError> {
        ::cache_runtime::__private::uncached_blocking(move || list_suites(
            db,
            offset,
            filter,
        ))
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
    pub(crate) fn __cache_family() -> ::cache_runtime::__private::Family {
        ::cache_runtime::__private::Family::new(
            ::cache_runtime::__private::Place::of(&list_suites::__cache_here),
            ::cache_runtime::__private::core::option::Option::Some("suite"),
            ::cache_runtime::__private::core::option::Option::None,
            "list",
            ::cache_runtime::__private::Owner::Ambient,
        )
    }
}
