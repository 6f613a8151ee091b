//! Code lists that one layer lends another, so that no two lists drift apart.

use super::Declared;
use super::fault::Fault;
use super::layer_file::LayerFile;
use super::table::Page;

/// A field that says `codes_of`.
pub struct Borrower {
    field: String,
    lender: String,
    place: Fault,
}

/// The fields of a file that borrow.
pub fn borrowers(page: &Page, file: &LayerFile) -> Vec<Borrower> {
    let borrower = |field: &super::layer_file::FieldFile| {
        let (name, lender) = (field.name.as_ref()?, field.codes_of.as_ref()?);
        let place = page.place(lender.span(), String::new());
        Some(Borrower { field: name.get_ref().clone(), lender: lender.get_ref().clone(), place })
    };
    file.fields.iter().filter_map(borrower).collect()
}

/// Gives each borrower the codes of the field of its name. Who borrows lends nothing: a list stands where it is written.
pub fn lend(layers: &mut [Declared]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for at in 0..layers.len() {
        for Borrower { field, lender, place } in std::mem::take(&mut layers[at].borrowers) {
            let fault = |message| Fault { message, ..place.clone() };
            let Some(from) = layers.iter().find(|declared| declared.name == lender) else {
                faults.push(fault(format!("there is no layer `{lender}` to take codes of")));
                continue;
            };
            // Its own faults are told already.
            let Some(found) = &from.layer else { continue };
            let codes = found.field_index(&field).map(|index| found.fields[index].codes.clone()).unwrap_or_default();
            if codes.is_empty() {
                faults.push(fault(format!("layer `{lender}` has no field `{field}` with codes of its own")));
            } else if let Some(layer) = &mut layers[at].layer
                && let Some(index) = layer.field_index(&field)
            {
                layer.fields[index].codes = codes;
            }
        }
    }
    faults
}
