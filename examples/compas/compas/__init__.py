"""Who is charged again within two years: data, the vendor's score and a simple model."""
