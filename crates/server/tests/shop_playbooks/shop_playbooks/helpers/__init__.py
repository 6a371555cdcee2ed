from shop_playbooks.helpers.owners import owner_of, OWNER_LABEL
