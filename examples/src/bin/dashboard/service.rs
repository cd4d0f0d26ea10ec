//! The service functions: what can be asked and what can be changed. This is where the
//! cache is used, and the attributes above the functions are all there is to see of it.
//!
//! | read                 | its key                                | what makes it stale                  |
//! |----------------------|----------------------------------------|--------------------------------------|
//! | `get_suite`          | `suite:get_suite:{id}`                 | that suite changed                   |
//! | `list_suites`        | `suites:list:skip:{n}:limit:{m}`       | any suite changed                    |
//! | `suite_cases`        | `cases:suite:{id}`                     | that suite is deleted (its tag)      |
//! | `suite_stats`        | `suite:suite_stats:{id}`               | an execution of that suite (event)   |
//! | `list_executions`    | `executions:list_executions:…`         | any execution                        |
//! | `dashboard_stats`    | `dashboard:stats`                      | any execution, any suite (events)    |
//! | `dashboard_trends`   | `dashboard:trends:days:{n}`            | any execution (event)                |
//! | `recent_executions`  | `dashboard:recent:limit:{n}`           | any execution (event)                |
//! | `case_distribution`  | `dashboard:test_types_distribution`    | a suite is deleted (pattern)         |
//!
//! The tenant stands before each of these keys by itself.

pub(crate) mod executions;
pub(crate) mod statistics;
pub(crate) mod suites;
