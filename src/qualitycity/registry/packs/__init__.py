"""Region packs: public facts about divisions, as data. A pack is loaded by `./city import regions <name>`."""
