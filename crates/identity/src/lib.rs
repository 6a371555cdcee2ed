//! Sign-in, tokens and API keys.
