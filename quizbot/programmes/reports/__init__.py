"""Reports for a programme's coordinators: counted in refresh, daily and items; read in the rest."""
