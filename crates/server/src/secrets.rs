//! A start without the key of what is kept secret is refused: a server that cannot read its secrets would fail late, one
//! action at a time, and seal new ones with another key.

use squall_expression::keyczar;
use squall_model::record::{KeyFilter, Page};
use squall_store::Store;
use tracing::warn;

use crate::start::StartError;

/// Refuses a key file that opens none of the secrets there are, and none at all if there are some.
pub(crate) async fn check(
    store: &dyn Store,
    crypto: Option<&keyczar::Key>,
) -> Result<(), StartError> {
    let all = Page {
        limit: None,
        ..Page::default()
    };
    let keys = store.keys(KeyFilter::default(), all).await?.items;
    let secrets: Vec<_> = keys.iter().filter(|key| key.secret).collect();
    let count = secrets.len();
    let Some(crypto) = crypto else {
        return match count {
            0 => Ok(()),
            count => Err(StartError::NoKeyForSecrets { count }),
        };
    };
    let is_closed = |sealed: &str| crypto.decrypt(sealed).is_err();
    let closed = secrets.iter().filter(|key| is_closed(&key.value)).count();
    match closed {
        0 => Ok(()),
        closed if closed == count => Err(StartError::WrongKeyForSecrets { count }),
        closed => {
            warn!(
                closed,
                of = count,
                "some secrets cannot be decrypted; `squall admin doctor` names them"
            );
            Ok(())
        }
    }
}
