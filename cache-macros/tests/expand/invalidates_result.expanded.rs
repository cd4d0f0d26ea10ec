fn create_suite(id: u64, project: String) -> Result<Suite, DbError> {
    let __cache_kind = {
        use ::cache_runtime::__private::kinds::*;
        (&&&Probe::<Result<Suite, DbError>>::new()).kind()
    };
    let mut __cache_targets = ::cache_runtime::__private::Targets::new(
        ::cache_runtime::__private::Owner::Shared,
    );
    __cache_targets
        .within(|__cache_targets| {
            {
                let __cache_taken1 = ::cache_runtime::__private::core::clone::Clone::clone(
                    &id,
                );
                __cache_targets.key(<get_suite>::key(__cache_taken1));
            }
            __cache_targets.otherwise_family(Suites::by_name_family());
            __cache_targets.otherwise("project:*");
            __cache_targets.otherwise("*");
            __cache_targets.otherwise_event("suite.updated");
        });
    let __cache_taken1 = ::cache_runtime::__private::core::clone::Clone::clone(&project);
    let __cache_taken3 = ::cache_runtime::__private::Encoded::new(&project);
    ::cache_runtime::__private::mutate_blocking::<
        Result<Suite, DbError>,
        _,
        _,
        _,
    >(
        __cache_targets,
        __cache_kind,
        ::cache_runtime::__private::After::Always,
        move |__cache_ok, __cache_targets| {
            {
                let ok = __cache_ok;
                let __cache_taken2 = ::cache_runtime::__private::core::clone::Clone::clone(
                    &ok.name,
                );
                __cache_targets
                    .key(Suites::by_name_key(&__cache_taken1, __cache_taken2));
            }
            __cache_targets
                .path(
                    &[
                        ::cache_runtime::__private::Part::Literal("project:"),
                        ::cache_runtime::__private::Part::Encoded(&__cache_taken3),
                        ::cache_runtime::__private::Part::Literal(":"),
                        ::cache_runtime::__private::Part::Value(&__cache_ok.id),
                    ],
                );
            __cache_targets
                .tag(
                    &[
                        ::cache_runtime::__private::Part::Literal("kind:"),
                        ::cache_runtime::__private::Part::Value(&__cache_ok.kind),
                    ],
                );
            __cache_targets
                .event(
                    &[
                        ::cache_runtime::__private::Part::Literal("suite.updated:"),
                        ::cache_runtime::__private::Part::Value(&__cache_ok.id),
                    ],
                );
        },
        move || -> Result<Suite, DbError> { create(id, project) },
    )
}
