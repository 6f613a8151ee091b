//! Only tells cargo what is embedded beside the sources.

fn main() {
    for folder in ["web/dist", "data/layers", "data/rules", "data/indicators", "data/scenes", "data/demo", "migrations"]
    {
        println!("cargo:rerun-if-changed={folder}");
    }
}
