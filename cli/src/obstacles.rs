//! What stands in the way of a share, row by row.

use telegram_passport::request::{AssessedAlternative, Assessment, SelectionError};

use crate::failure::{Failure, sentence};

/// Why nothing can be selected: everything that is missing, each row by itself.
pub(crate) fn incomplete(error: &SelectionError, assessment: &Assessment) -> Failure {
    match error {
        SelectionError::NotAsked { .. } | SelectionError::TwoChoices { .. } => {
            Failure::usage(format!("--use: {}", sentence(error)))
        }
        _ => Failure::refused(sentence(error)).problems(missing(error, assessment)),
    }
}

fn missing(error: &SelectionError, assessment: &Assessment) -> Vec<String> {
    let mut missing = Vec::new();
    for (number, row) in (1..).zip(assessment.rows()) {
        let wished = |kind| row.alternatives().iter().any(|alternative| alternative.asked().kind == kind);
        let concerned = match error {
            SelectionError::Incomplete { kind } => wished(*kind),
            _ => row.preferred().is_none(),
        };
        if concerned {
            let alternatives: Vec<String> = row.alternatives().iter().map(obstacles).collect();
            missing.push(format!("row {number}: {}", alternatives.join("; or ")));
        }
    }
    missing
}

fn obstacles(alternative: &AssessedAlternative) -> String {
    let why: Vec<String> = alternative.obstacles().iter().map(ToString::to_string).collect();
    format!("{}: {}", alternative.asked().kind.title(), why.join(", "))
}
