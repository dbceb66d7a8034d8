"""What FashionFlow and X2Fashion share: one UNet, one diffusion process with the first frame given."""
