//! What settings can only be wrong about together.

use squall_model::problem::Problem;

use super::Chosen;
use super::value::Refused;

/// What does not fit together, or is missing, when a server is to start.
pub(super) fn check(chosen: &Chosen) -> Vec<Problem> {
    let mut problems = contradictions(chosen);
    let mut wrong = |key, message: &str, hint: &str| {
        problems.push(chosen.wrong(key, refused(message, hint)));
    };
    if chosen.htpasswd.is_none() && !chosen.open {
        wrong(
            "sign_in.htpasswd_file",
            "nobody could sign in",
            "--htpasswd FILE, or --no-auth if something else keeps others out",
        );
    }
    if chosen.insecure && !chosen.open {
        wrong(
            "sign_in.insecure",
            "there is sign-in, so this allows nothing",
            "leave it out, or add sign_in.open = true",
        );
    }
    match (&chosen.certificate, &chosen.certificate_key) {
        (Some(_), None) => wrong(
            "tls.certificate_file",
            "the certificate's key is missing",
            "add tls.key_file",
        ),
        (None, Some(_)) => wrong(
            "tls.key_file",
            "the certificate is missing",
            "add tls.certificate_file",
        ),
        (Some(_), Some(_)) | (None, None) => {}
    }
    problems
}

/// What contradicts each other, whatever else is said.
pub(super) fn contradictions(chosen: &Chosen) -> Vec<Problem> {
    let both = chosen.htpasswd.is_some() && chosen.open && chosen.is_said("sign_in.open");
    let message = "there is a file of names and passwords, so somebody is asked";
    let hint = "leave out this, or sign_in.htpasswd_file";
    both.then(|| chosen.wrong("sign_in.open", refused(message, hint)))
        .into_iter()
        .collect()
}

fn refused(message: &str, hint: &str) -> Refused {
    Refused {
        message: message.to_owned(),
        hint: hint.to_owned(),
    }
}
