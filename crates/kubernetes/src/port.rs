//! What pods and services serve on their ports, asked through the API server.

use crate::ask::encoded;

/// A port that speaks HTTP, inside the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The namespace.
    pub namespace: String,
    /// Whose port it is.
    pub owner: Owner,
    /// The name of the pod or service.
    pub name: String,
    /// The port: a number, or the name that a service gives it.
    pub port: String,
    /// Whether it speaks TLS.
    pub tls: bool,
}

/// Who listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// One pod.
    Pod,
    /// Any pod of a service.
    Service,
}

impl Port {
    /// The path under which the API server hands on to `rest`, such as `/api/v1/query`: for [`crate::Ask`], with any
    /// method, parameters and body. The answer is that of the pod, its status too.
    pub fn path(&self, rest: &str) -> String {
        let plural = match self.owner {
            Owner::Pod => "pods",
            Owner::Service => "services",
        };
        let scheme = if self.tls { "https:" } else { "" };
        format!(
            "/api/v1/namespaces/{}/{plural}/{scheme}{}:{}/proxy/{}",
            encoded(&self.namespace),
            encoded(&self.name),
            encoded(&self.port),
            rest.trim_start_matches('/'),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_names_scheme_owner_and_port() {
        let port = Port {
            namespace: "monitoring".to_owned(),
            owner: Owner::Service,
            name: "prometheus".to_owned(),
            port: "9090".to_owned(),
            tls: false,
        };
        assert_eq!(
            port.path("/api/v1/query"),
            "/api/v1/namespaces/monitoring/services/prometheus:9090/proxy/api/v1/query"
        );
        let pod = Port {
            owner: Owner::Pod,
            tls: true,
            ..port
        };
        assert_eq!(
            pod.path(""),
            "/api/v1/namespaces/monitoring/pods/https:prometheus:9090/proxy/"
        );
    }
}
