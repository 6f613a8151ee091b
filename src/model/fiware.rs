//! How entities of FIWARE's context brokers (NGSI-LD, `NGSIv2`) become readings of a layer.

/// Some types of entities that tell of a layer's features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fiware {
    /// Types of entities, as the smart data models name them (`OffStreetParking`).
    pub types: Vec<String>,
    /// Attributes that name the feature; without one of them the entity's own id does.
    pub feature: Vec<String>,
    /// What ids begin with before the id of the feature; the first that is there is taken away.
    pub id_prefix: Vec<String>,
    /// Attributes that are measured.
    pub attributes: Vec<Attribute>,
}

/// An attribute of an entity, and the property that it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// As the data model names it (`availableSpotNumber`).
    pub name: String,
    /// The name of an observed property.
    pub property: String,
    /// What a number without a unit of its own is multiplied by.
    pub factor: f64,
    /// What units that stand beside a number come to, by their codes in UN/CEFACT Recommendation 20 (`GP`). Without any the attribute has
    /// one unit for ever, and no code is looked at.
    pub units: Vec<(String, Scale)>,
    /// What values mean as numbers: states (`on`, `off`).
    pub values: Vec<(String, f64)>,
    /// Values that say that nothing is known (`unknown`, `-1`).
    pub unknown: Vec<String>,
}

/// From a unit to that of the property: times `factor`, and then `offset` more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Not 0.
    pub factor: f64,
    /// Of temperatures.
    pub offset: f64,
}

impl Scale {
    /// The number in the unit of the property. What binary fractions add behind the twelfth digit is no measurement.
    #[must_use]
    pub fn apply(self, number: f64) -> f64 {
        let Self { factor, offset } = self;
        if factor.to_bits() == 1.0_f64.to_bits() && offset == 0.0 {
            return number;
        }
        let scaled = number * factor + offset;
        format!("{scaled:.12e}").parse().unwrap_or(scaled)
    }
}

impl Fiware {
    /// Whether entities of a type tell of the layer.
    #[must_use]
    pub fn knows(&self, entity_type: &str) -> bool {
        self.types.iter().any(|known| known == entity_type)
    }
}
