"""Who earns more than 50,000 dollars: data, a compliant model and its careless twin."""
