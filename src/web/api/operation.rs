//! One operation, in few words.

use serde_json::{Map, Value as Json, json};

use crate::model::LayerId;

/// An operation while it is described.
pub struct Operation {
    members: Map<String, Json>,
    parameters: Vec<Json>,
    responses: Map<String, Json>,
}

impl Operation {
    /// An operation with a name that is unique in the document.
    #[must_use]
    pub fn new(id: &str, tag: &str, summary: &str) -> Self {
        let mut members = Map::new();
        members.insert("operationId".into(), json!(id));
        members.insert("tags".into(), json!([tag]));
        members.insert("summary".into(), json!(summary));
        let responses = ["400", "404", "500", "503"].map(|status| (status.to_owned(), problem()));
        Self { members, parameters: Vec::new(), responses: responses.into_iter().collect() }
    }

    /// With parameters of the components.
    #[must_use]
    pub fn takes(mut self, names: &[&str]) -> Self {
        self.parameters.extend(names.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
        self
    }

    /// With one more parameter.
    #[must_use]
    pub fn parameter(mut self, parameter: Json) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// With a body of one of some media types.
    #[must_use]
    pub fn body(mut self, media_types: &[&str], schema: &Json) -> Self {
        let content: Map<String, Json> =
            media_types.iter().map(|media_type| ((*media_type).to_owned(), json!({"schema": schema}))).collect();
        self.members.insert("requestBody".into(), json!({"required": true, "content": content}));
        for status in ["413", "415", "422"] {
            self.responses.insert(status.into(), problem());
        }
        self
    }

    /// With a refusal of that status.
    #[must_use]
    pub fn refuses(mut self, statuses: &[&str]) -> Self {
        self.responses.extend(statuses.iter().map(|&status| (status.to_owned(), problem())));
        self
    }

    /// With an answer of that status; each media type with its schema.
    #[must_use]
    pub fn answers(mut self, status: &str, description: &str, content: &[(&str, Json)]) -> Self {
        let content: Map<String, Json> =
            content.iter().map(|(media_type, schema)| ((*media_type).to_owned(), json!({"schema": schema}))).collect();
        let mut response = json!({"description": description});
        if !content.is_empty() {
            response["content"] = Json::Object(content);
        }
        self.responses.insert(status.to_owned(), response);
        self
    }

    /// The operation object.
    #[must_use]
    pub fn done(mut self) -> Json {
        self.members.insert("parameters".into(), Json::Array(self.parameters));
        self.members.insert("responses".into(), Json::Object(self.responses));
        Json::Object(self.members)
    }
}

fn problem() -> Json {
    json!({"$ref": "#/components/responses/problem"})
}

/// A text in the place of a JSON schema: what is not JSON.
#[must_use]
pub fn text() -> Json {
    json!({"type": "string"})
}

/// Bytes.
#[must_use]
pub fn binary() -> Json {
    json!({"type": "string", "format": "binary"})
}

/// The name among the schemas of a layer's features: one that no other schema has.
#[must_use]
pub fn of_layer(layer: &LayerId) -> String {
    format!("feature.{layer}")
}

/// A schema of the components.
#[must_use]
pub fn schema(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}
