//! The schema dialect, case by case.
