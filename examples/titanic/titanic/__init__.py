"""Who survived the Titanic: data, a compliant model and its careless twin."""
