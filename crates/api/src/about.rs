//! What a route says of itself: `/openapi.json` is made of it, and a test holds the answers of the server against it.

/// What a route says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// One line: what it does.
    pub summary: &'static str,
    /// What may follow the `?`.
    pub query: Vec<Parameter>,
    /// What is sent.
    pub body: Option<Shape>,
    /// What comes back when all went well, by status.
    pub answers: Vec<(u16, Shape)>,
}

/// A name that may follow the `?`, and what it takes.
pub type Parameter = (&'static str, Kind);

/// What a query parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`, or another of their spellings.
    Flag,
    /// A moment, as `2026-11-22T13:14:15Z`.
    Time,
    /// Texts with commas between them.
    Words,
}

/// What is sent or comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Nothing.
    Nothing,
    /// One of the shapes in the catalogue of schemas.
    One(&'static str),
    /// A list of them.
    List(&'static str),
    /// Any JSON.
    Anything,
    /// Plain text.
    Text,
    /// A file as it is.
    File,
    /// Server-sent events.
    Events,
}

/// What most lists can be asked for.
pub const PAGE: &[Parameter] = &[
    ("limit", Kind::Integer),
    ("offset", Kind::Integer),
    ("sort", Kind::Words),
    ("id", Kind::Words),
];

/// Which attributes are to come.
pub const ATTRIBUTES: &[Parameter] = &[
    ("include_attributes", Kind::Words),
    ("exclude_attributes", Kind::Words),
];

/// Whether secrets are to be told.
pub const SECRETS: &[Parameter] = &[("show_secrets", Kind::Flag)];

/// A route that does this.
pub fn about(summary: &'static str) -> About {
    About {
        summary,
        ..About::default()
    }
}

impl About {
    /// 200 with this.
    #[must_use]
    pub fn gives(self, shape: Shape) -> Self {
        self.answers(200, shape)
    }

    /// 200 with a page of a list.
    #[must_use]
    pub fn lists(self, name: &'static str) -> Self {
        self.query(PAGE).gives(Shape::List(name))
    }

    /// 201 with what was made.
    #[must_use]
    pub fn makes(self, name: &'static str) -> Self {
        self.answers(201, Shape::One(name))
    }

    /// 204.
    #[must_use]
    pub fn removes(self) -> Self {
        self.answers(204, Shape::Nothing)
    }

    /// This status with this.
    #[must_use]
    pub fn answers(mut self, status: u16, shape: Shape) -> Self {
        self.answers.push((status, shape));
        self
    }

    /// It takes this body.
    #[must_use]
    pub fn takes(mut self, name: &'static str) -> Self {
        self.body = Some(Shape::One(name));
        self
    }

    /// It takes any JSON.
    #[must_use]
    pub fn takes_anything(mut self) -> Self {
        self.body = Some(Shape::Anything);
        self
    }

    /// It can be asked with these.
    #[must_use]
    pub fn query(mut self, parameters: &[Parameter]) -> Self {
        self.query.extend_from_slice(parameters);
        self
    }

    /// It can be asked with texts of these names.
    #[must_use]
    pub fn texts(mut self, names: &[&'static str]) -> Self {
        self.query
            .extend(names.iter().map(|name| (*name, Kind::Text)));
        self
    }
}
