async fn rename_suite(id: u64, name: String) -> Result<(), DbError> {
    let __cache_kind = {
        use ::cache_runtime::__private::kinds::*;
        (&&&Probe::<Result<(), DbError>>::new()).kind()
    };
    let mut __cache_targets = ::cache_runtime::__private::Targets::new(
        ::cache_runtime::__private::Owner::Ambient,
    );
    __cache_targets
        .within(|__cache_targets| {
            __cache_targets
                .path(
                    &[
                        ::cache_runtime::__private::Part::Literal("suite:"),
                        ::cache_runtime::__private::Part::Value(&id),
                    ],
                );
            __cache_targets.family(<list_suites>::__cache_family());
        });
    ::cache_runtime::__private::mutate::<
        Result<(), DbError>,
        _,
        _,
        _,
    >(
            __cache_targets,
            __cache_kind,
            ::cache_runtime::__private::After::Success,
            move |_, _| {},
            async move {
                if let ::cache_runtime::__private::core::option::Option::Some(
                    __cache_result,
                ) = ::cache_runtime::__private::core::option::Option::None::<
                    Result<(), DbError>,
                > {
                    #[allow(unreachable_code)] return __cache_result;
                }
                rename(id, name).await
            },
        )
        .await
}
