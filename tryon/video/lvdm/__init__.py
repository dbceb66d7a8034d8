"""What VideoCrafter and DynamiCrafter share: one UNet, one sampler, OpenCLIP's two towers."""
