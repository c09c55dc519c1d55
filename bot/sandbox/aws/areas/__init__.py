"""The operations answered here instead of by moto, one file per area of AWS."""
